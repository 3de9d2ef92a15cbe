shared |u age:0.5 male
|a sport
0:0.2:0.5 |a politics
|a music:2

# comment
shared |u female
1:1:0.3 |a sport
|a politics

shared |u x
|a s
|a t
